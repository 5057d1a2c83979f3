"use strict";
/* TEMPORARY until wip-compact */
(() => {
  const erdaoGeo = (window.erdaoGeo = window.erdaoGeo || {});
  erdaoGeo.decode = async (meta) => {
    const ringStart=[0], vertexStart=[0], x=[], y=[], box=[], W=2**28;
    for (const f of meta.features) {
      const g=f.geometry; let rings=[];
      if (g) { const c=g.coordinates; rings = {Point:[[c]],MultiPoint:[c],LineString:[c],MultiLineString:c,Polygon:c,MultiPolygon:c.flat&&c.flat(1)}[g.type]; if(g.type.endsWith("Polygon")) rings=rings.map(r=>r.slice(0,-1)); }
      const b=[2**30,2**30,-(2**30),-(2**30)];
      for (const r of rings) { for (const [lon,lat] of r) { const px=Math.round((lon+180)/360*W), py=Math.round((1-Math.asinh(Math.tan(lat*Math.PI/180))/Math.PI)/2*W); x.push(px);y.push(py); b[0]=Math.min(b[0],px);b[1]=Math.min(b[1],py);b[2]=Math.max(b[2],px);b[3]=Math.max(b[3],py);} vertexStart.push(x.length);}
      ringStart.push(vertexStart.length-1); box.push(...b);
    }
    const si={LineString:1000,Polygon:10000/15}[meta.geometry];
    return { meta, count: meta.features.length, ringStart:Uint32Array.from(ringStart), vertexStart:Uint32Array.from(vertexStart), x:Int32Array.from(x), y:Int32Array.from(y), box:Int32Array.from(box),
      size: si? Float64Array.from(meta.features.map(f=>f.size===null?NaN:f.si)):null,
      column: (n)=>({ value:(i)=>meta.features[i].values[n], codes:null, values:null }) };
  };
})();
